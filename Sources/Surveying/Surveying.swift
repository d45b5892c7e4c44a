// Surveying: to be built.
