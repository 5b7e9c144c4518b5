/* Loaded before the C library, moves the wall clock of a process by CLOCK_SKEW seconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(clock, now);
    const char *skew = getenv("CLOCK_SKEW");
    if (clock == CLOCK_REALTIME && skew)
        now->tv_sec += atol(skew);
    return answer;
}
