#include "scenario.h"
const struct scenario signals[] = {{0}};
