// Agent: to be built.
