/* Host names for the tests of names, in place of a name server.
 *
 * It is compiled by the tests that use it and loaded in front of the C library. The file that CORELANE_TEST_NAMES
 * names has a line for each name: the name, the milliseconds that a lookup takes, and the addresses in their order with
 * commas between them, or "-" for a name that is not known. It is read at each lookup. Other names are the C
 * library's. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int (*Lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    char known[65], addresses[257];
    long millis = 0;
    const char *wanted = name;
    const char *path = getenv("CORELANE_TEST_NAMES");
    FILE *file = path && name ? fopen(path, "r") : NULL;
    while (file && fscanf(file, "%64s %ld %256s", known, &millis, addresses) == 3) {
        if (strcmp(known, name) != 0) continue;
        struct timespec pause = {millis / 1000, millis % 1000 * 1000000};
        nanosleep(&pause, NULL);
        wanted = strcmp(addresses, "-") == 0 ? NULL : addresses;
        break;
    }
    if (file) fclose(file);
    if (name && !wanted) return EAI_NONAME;
    Lookup next = (Lookup)dlsym(RTLD_NEXT, "getaddrinfo");
    if (wanted == name) return next(name, service, hints, found);
    /* Each list is one allocation for each entry, so several make one. */
    struct addrinfo **end = found;
    char *rest = addresses;
    for (char *address; (address = strsep(&rest, ",")); ) {
        int error = next(address, service, hints, end);
        if (error) return error;
        while (*end) end = &(*end)->ai_next;
    }
    return 0;
}
