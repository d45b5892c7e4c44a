// Platform: to be built.
