/* Replays a corpus folder through LLVMFuzzerTestOneInput, for builds without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    static uint8_t data[1u << 20];
    size_t len = fread(data, 1, sizeof data, f);
    fclose(f);
    /* An exact-size copy lets the address sanitizer see a read one byte past the end. */
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        return 1;
    for (size_t i = 0; i < len; i++)
        copy[i] = data[i];
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
        return 64;
    }
    DIR *dir = opendir(argv[1]);
    if (!dir) {
        perror(argv[1]);
        return 1;
    }
    int files = 0;
    int bad = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name);
        bad += replay_file(path);
        files++;
    }
    closedir(dir);
    printf("%d inputs replayed\n", files);
    return files == 0 || bad ? 1 : 0;
}
