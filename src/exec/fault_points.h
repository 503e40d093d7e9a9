/* The executor's FAULT places are in the table of base/fault_points.h, with those of the other programs. */
#ifndef STEPMILL_EXEC_FAULT_POINTS_H
#define STEPMILL_EXEC_FAULT_POINTS_H

#include "base/fault.h"

#endif
