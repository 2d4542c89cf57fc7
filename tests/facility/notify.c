#include "scenario.h"
const struct scenario notifying[] = {{0}};
