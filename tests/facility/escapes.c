#include "scenario.h"
const struct scenario escapes[] = {{0}};
