// Providers: to be built.
