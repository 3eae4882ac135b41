/* demo.h - `coder-emulator demo`: a workshop against a Coder that is played, an adapter and an HPA that are real in all but the cluster. */
#ifndef EMULATOR_DEMO_H
#define EMULATOR_DEMO_H

/* argv[0] is "demo". Returns the exit status. */
int demo_main(int argc, char **argv);

#endif
