/* Versions of workflows beside their text: pushed, labelled, rolled back to, compared. */
#ifndef STEPMILL_STORE_WORKFLOW_VERSION_H
#define STEPMILL_STORE_WORKFLOW_VERSION_H

#include "store/workflow.h"

struct workflow_pushed {
	struct workflow_new workflow; /* its id, when it is made */
	struct id change;
	struct str own_id, label; /* p NULL: none */
};

/* {"outcome", "workflow"} */
bool workflow_push(
	const struct caller *caller, const struct workflow_pushed *push, struct str *ret_json, struct err *err);

bool workflow_label_set(const struct caller *caller, struct id id, struct str label, int64_t version,
	struct str *ret_json, int64_t *ret_revision, struct err *err);
bool workflow_label_remove(const struct caller *caller, struct id id, struct str label, struct err *err);
/* The version that a label names; ERR_NOT_FOUND when it names none. */
bool workflow_label_version(
	const struct caller *caller, struct id id, struct str label, int64_t *ret_version, struct err *err);

bool workflow_roll_back(const struct caller *caller, struct id id, struct id change, int64_t version,
	struct str message, struct str *ret_json, int64_t *ret_revision, struct err *err);

/* ERR_NOT_FOUND when there is not both of them. */
bool workflow_two_versions(const struct caller *caller, struct id id, int64_t before, int64_t after,
	struct str *ret_before, struct str *ret_after, struct err *err);

#endif
