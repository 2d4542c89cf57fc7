#include "scenario.h"
const struct scenario tracing[] = {{0}};
