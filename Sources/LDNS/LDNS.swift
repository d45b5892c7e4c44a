// LDNS: to be built.
