/* SPDX-License-Identifier: MIT */
/*
 * image.c: the argument of seccomp(2), sock_fprog and its instructions, in a sealed file.
 *
 * Another process of the same user can write into the program's memory at any time, but not into a
 * shared mapping of a file that is sealed. A sock_fprog holds an address, so the file has a copy
 * for each layout and for each address at which it may be mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 16
#endif

#define PAGE 4096

struct image {
    union {
        struct {
            uint16_t length;
            uint64_t insns;
        } native;
        struct {
            uint16_t length;
            uint32_t insns;
        } compat;
    } header;
    struct cordon_insn insns[];
};

size_t image_size(const struct cordon_program *program)
{
    size_t size = sizeof(struct image) + program->length * sizeof(struct cordon_insn);
    return (size + PAGE - 1) / PAGE * PAGE;
}

/* Low enough for 32 bits, and far from where programs, their heap and their libraries are. */
uint64_t image_address(unsigned place)
{
    static const uint32_t addresses[IMAGE_PLACES] = {0x2f000000, 0x6f000000};
    return addresses[place];
}

uint64_t image_offset(const struct cordon_program *program, bool compat, unsigned place)
{
    return (compat * IMAGE_PLACES + place) * (uint64_t)image_size(program);
}

static bool write_copy(int file, const struct cordon_program *program, bool compat, unsigned place)
{
    size_t size = image_size(program);
    struct image *image = calloc(1, size);
    if (!image)
        return false;
    uint64_t insns = image_address(place) + sizeof *image;
    if (compat) {
        image->header.compat.length = (uint16_t)program->length;
        image->header.compat.insns = (uint32_t)insns;
    } else {
        image->header.native.length = (uint16_t)program->length;
        image->header.native.insns = insns;
    }
    memcpy(image->insns, program->insns, program->length * sizeof *image->insns);
    ssize_t done = pwrite(file, image, size, (off_t)image_offset(program, compat, place));
    free(image);
    return done == (ssize_t)size;
}

int image_make(const struct cordon_program *program)
{
    const int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    int file = memfd_create("filter", MFD_NOEXEC_SEAL);
    if (file < 0 && errno == EINVAL) /* before Linux 6.3 */
        file = memfd_create("filter", MFD_ALLOW_SEALING);
    bool good = file >= 0;
    for (unsigned i = 0; good && i < 2 * IMAGE_PLACES; i++)
        good = write_copy(file, program, i >= IMAGE_PLACES, i % IMAGE_PLACES);
    if (good && fcntl(file, F_ADD_SEALS, seals) == 0)
        return file;
    int error = errno;
    if (file >= 0)
        close(file);
    errno = error;
    return -1;
}
