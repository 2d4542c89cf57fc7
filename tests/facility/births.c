#include "scenario.h"
const struct scenario births[] = {{0}};
