// The real program against real servers: a place for the stories to come.
import Testing
