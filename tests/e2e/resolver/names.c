/* Host names for the tests of names, in place of a name server.
 *
 * It is compiled by the tests that use it and loaded in front of the C library. The file that CORELANE_TEST_NAMES
 * names has a line for each name: the name, the milliseconds that a lookup takes, and the address, or "-" for a name
 * that is not known. It is read at each lookup. Other names are the C library's. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int (*Lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    char known[65], address[65];
    long millis = 0;
    const char *wanted = name;
    const char *path = getenv("CORELANE_TEST_NAMES");
    FILE *file = path && name ? fopen(path, "r") : NULL;
    while (file && fscanf(file, "%64s %ld %64s", known, &millis, address) == 3) {
        if (strcmp(known, name) != 0) continue;
        struct timespec pause = {millis / 1000, millis % 1000 * 1000000};
        nanosleep(&pause, NULL);
        wanted = strcmp(address, "-") == 0 ? NULL : address;
        break;
    }
    if (file) fclose(file);
    if (name && !wanted) return EAI_NONAME;
    Lookup next = (Lookup)dlsym(RTLD_NEXT, "getaddrinfo");
    return next(wanted, service, hints, found);
}
