// Rehearsal: to be built.
