"""A clock that can be put forward and back under processes that run: a few lines of C between them and
the system's, which add what a file says. The machine's own clock stays as it is."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

COMPILER = shutil.which("cc")
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long long *ahead;

__attribute__((constructor)) static void look(void) {
    int file = open(getenv("FAULTS_CLOCK"), O_RDONLY);
    ahead = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
}

int clock_gettime(clockid_t id, struct timespec *found) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, found);
    if (!result && ahead && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        found->tv_sec += *ahead;
    return result;
}

time_t time(time_t *found) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) *found = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *found, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    found->tv_sec = now.tv_sec;
    found->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


class Clock:
    """What processes with `environment` take for the time of day."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.put(ahead=0)
        source, library = folder / "clock.c", folder / "clock.so"
        source.write_text(SHIM)
        command = [str(COMPILER), "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True, timeout=120)
        self.environment = {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(self.file)}

    def put(self, *, ahead: int) -> None:
        """So many seconds ahead of the true time, from now on; less than nothing is behind it."""
        if not self.file.exists():
            self.file.write_bytes(bytes(8))
        with self.file.open("r+b") as opened:
            opened.write(struct.pack("q", ahead))
            opened.flush()
            os.fsync(opened.fileno())
