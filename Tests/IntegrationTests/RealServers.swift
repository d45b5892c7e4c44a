// The suite all stories belong to: one after another, because each has the laboratory's ports to itself.
import Testing

@Suite(
    "Real name servers",
    .serialized,
    .enabled("\(Surroundings.excuse)") { Surroundings.mayRun },
    .timeLimit(.minutes(3))
)
enum RealServers {}
