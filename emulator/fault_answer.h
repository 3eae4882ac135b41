/* fault_answer.h - what a fault makes of an answer. Pure. */
#ifndef EMULATOR_FAULT_ANSWER_H
#define EMULATOR_FAULT_ANSWER_H

#include "emulator/answer.h"
#include "emulator/fault.h"

/* The faults that come instead of the right answer. False: this one is none of them, the answer is untouched. */
bool fault_replaces(const struct fault *fault, int64_t rate_limit, struct answer *answer);
/* The others: they spoil the right answer. */
void fault_spoils(const struct fault *fault, struct answer *answer);

#endif
