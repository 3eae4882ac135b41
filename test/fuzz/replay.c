/* replay.c - a fuzz target as an ordinary program: runs it once on each file of the folders it is given.
 *
 * So the seeds are tests of every build and compiler, and a reproducer that a campaign found can be run under gdb or valgrind. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "test/fuzz/fuzz.h"

enum { SEED_MAX = 1024 * 1024 };

static bool run_file(const char *path)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SEED_MAX);
    struct error err = {0};

    if (file_read(path, &bytes, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return false;
    }
    (void)printf("%s\n", path);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)buffer_text(&bytes), bytes.len);
    return true;
}

/* How many files were read; each one, or none. */
static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int files = 0;

    if (!folder)
        return run_file(path);
    while ((entry = readdir(folder)) != NULL) { /* NOLINT(concurrency-mt-unsafe): there is one thread */
        char file[4096];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (!run_file(file)) {
            files = 0;
            break;
        }
        files++;
    }
    (void)closedir(folder);
    return files;
}

int main(int argc, char **argv)
{
    bool ok = argc > 1;

    for (int i = 1; i < argc && ok; i++)
        ok = run_folder(argv[i]) > 0;
    if (!ok)
        (void)fprintf(stderr, "no inputs; want files, or folders of files\n");
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
