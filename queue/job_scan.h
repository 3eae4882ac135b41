/* job_scan.h - a job as Coder mostly writes it, read in one pass. Pure.
 *
 * Law      what it reads job_list_decode would read from a tree with the same outcome (fuzzed). Whatever is seldom or wrong it leaves to
 * the tree, which also says what is wrong */
#ifndef QUEUE_JOB_SCAN_H
#define QUEUE_JOB_SCAN_H

#include "base/json_scan.h"
#include "queue/job.h"

/* The length of the element at text, with *job filled but for its tags, which are an object in *tags. 0: leave it to the tree. */
size_t job_scan(const char *text, size_t len, struct job *job, struct json_slice *tags);

#endif
