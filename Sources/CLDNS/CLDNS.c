/* SwiftPM wants one source file in a C target; the door itself is the header. */
#include "CLDNS.h"
