"""Kernels with faults planted in them, for tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = r"""
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

static float relu(float x) { return x > 0 || x != x ? x : 0; }
static float wrong(float x) { return x > 1 ? x * 1.5f : relu(x); }

#define KERNEL(name, each)                                      \
    void name(const float* x, float* y, size_t n) {             \
        for (size_t i = 0; i < n; i++) y[i] = each;             \
    }

KERNEL(right, relu(x[i]))
KERNEL(bad_rest, i >= n - n % 16 ? wrong(x[i]) : relu(x[i]))
KERNEL(bad_lane, i % 8 == 3 ? wrong(x[i]) : relu(x[i]))
KERNEL(bad_edge, i % 256 == 255 ? wrong(x[i]) : relu(x[i]))
KERNEL(reads_behind, relu(x[i]) + 0 * *(volatile const float*)(x + i + 1))
KERNEL(reads_before, relu(x[i]) + 0 * *(volatile const float*)(x + i - 1))
KERNEL(prints, (i == 0 ? system("echo printed") : 0, relu(x[i])))

void no_rest(const float* x, float* y, size_t n) {
    for (size_t i = 0; i < n - n % 4; i++) y[i] = relu(x[i]);
}
void second_call(const float* x, float* y, size_t n) {
    static int calls = 0;
    calls++;
    for (size_t i = 0; i < n; i++) y[i] = calls % 2 ? relu(x[i]) : wrong(x[i]);
}
void writes_behind(const float* x, float* y, size_t n) {
    for (size_t i = 0; i < (n + 7) / 8 * 8; i++) y[i] = i < n ? relu(x[i]) : 0;
}
void overwrites(float* x, float* y, size_t n) {
    for (size_t i = 0; i < n; i++) { y[i] = relu(x[i]); x[i] = 0; }
}
void crashes(const float* x, float* y, size_t n) { raise(SIGSEGV); }
void crashes_if_odd(const float* x, float* y, size_t n) {
    if (n % 2) raise(SIGSEGV);
    for (size_t i = 0; i < n; i++) y[i] = relu(x[i]);
}
void flush_subnormals(void) {
#if defined(__x86_64__) || defined(__i386__)
    unsigned mode;
    __asm__ volatile("stmxcsr %0" : "=m"(mode));
    mode |= 0x8040;
    __asm__ volatile("ldmxcsr %0" : : "m"(mode));
#elif defined(__aarch64__)
    unsigned long mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    mode |= 1UL << 24;
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#endif
}
void leaves(const float* x, float* y, size_t n) { exit(3); }
void product(const float* a, const float* b, float* y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}
void widens(const float* x, double* y, size_t n) { for (size_t i = 0; i < n; i++) y[i] = x[i]; }
"""

PROGRAM = """#!{python}
import os, sys
import numpy as np
data = sys.stdin.buffer.read()
x = np.frombuffer(data, sys.argv[1])
what = sys.argv[2]
y = np.maximum(x, 0)
if what == "rest":
    y[len(y) - len(y) % 16 :] *= 2
if what == "short":
    y = y[:-1]
if what == "status":
    print("out of order", file=sys.stderr)
    sys.exit(3)
if what == "killed":
    os.kill(os.getpid(), 11)
sys.stdout.buffer.write(y.tobytes())
"""


def library(folder: Path) -> Path:
    """Compile the kernels in C."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, made = folder / "kernels.c", folder / "kernels.so"
    source.write_text(SOURCE)
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-w", "-o", made, source, "-lm"], check=True)
    return made


def program(folder: Path) -> Path:
    """Write the program, which takes the dtype and the fault as arguments."""
    made = folder / "kernel"
    made.write_text(PROGRAM.format(python=sys.executable))
    made.chmod(0o755)
    return made
