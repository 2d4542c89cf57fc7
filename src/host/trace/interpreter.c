/* SPDX-License-Identifier: MIT */
/*
 * interpreter.c: the instruction of a call in a program that can't be read.
 *
 * The file of such a program can only be executed, so its memory is closed to an ordinary user. Its
 * dynamic loader can be read as a file, and the program starts at the loader's entry point, so the
 * loader's place in memory is known.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define PAGE          4096
#define LARGEST_FILE  (16 << 20)
#define MOST_SEGMENTS 32

/* A whole file; NULL: it can't be read. */
static unsigned char *read_file(const char *path, size_t *size)
{
    struct stat info;
    unsigned char *bytes = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0)
        return NULL;
    if (!fstat(file, &info) && S_ISREG(info.st_mode) && info.st_size < LARGEST_FILE)
        bytes = malloc((size_t)info.st_size + 1);
    if (bytes && read(file, bytes, (size_t)info.st_size) != info.st_size) {
        free(bytes);
        bytes = NULL;
    }
    if (bytes)
        *size = (size_t)info.st_size;
    close(file);
    return bytes;
}

struct segment {
    uint64_t offset, size, address;
    bool executable;
};

struct layout {
    uint64_t entry;
    unsigned count;
    struct segment segments[MOST_SEGMENTS];
};

/* Both classes of ELF have the same fields in other sizes. */
#define READ_LAYOUT(Ehdr, Phdr)                                                                    \
    do {                                                                                           \
        Ehdr header;                                                                               \
        if (size < sizeof header)                                                                  \
            return false;                                                                          \
        memcpy(&header, bytes, sizeof header);                                                     \
        layout->entry = header.e_entry;                                                            \
        if (header.e_phoff > size)                                                                 \
            return false;                                                                          \
        for (unsigned i = 0; i < header.e_phnum && i < MOST_SEGMENTS; i++) {                       \
            Phdr segment;                                                                          \
            uint64_t at = header.e_phoff + i * sizeof segment;                                     \
            if (at + sizeof segment > size)                                                        \
                return false;                                                                      \
            memcpy(&segment, bytes + at, sizeof segment);                                          \
            bool runs = segment.p_type == PT_LOAD && segment.p_flags & PF_X;                       \
            layout->segments[layout->count++] =                                                    \
                (struct segment){segment.p_offset, segment.p_filesz, segment.p_vaddr, runs};       \
        }                                                                                          \
    } while (0)

static bool read_layout(const unsigned char *bytes, size_t size, bool compat, struct layout *layout)
{
    *layout = (struct layout){0};
    if (size < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG) != 0 ||
        bytes[EI_CLASS] != (compat ? ELFCLASS32 : ELFCLASS64))
        return false;
    if (compat)
        READ_LAYOUT(Elf32_Ehdr, Elf32_Phdr);
    else
        READ_LAYOUT(Elf64_Ehdr, Elf64_Phdr);
    return true;
}

/* Where the instruction is, as the file counts addresses; 0: nowhere. */
static uint64_t find_call(const unsigned char *bytes, size_t size, bool compat,
                          const struct layout *layout)
{
    for (unsigned i = 0; i < layout->count; i++) {
        const struct segment *segment = &layout->segments[i];
        if (!segment->executable || segment->offset > size ||
            segment->size > size - segment->offset)
            continue;
        size_t at = machine_find_call(compat, bytes + segment->offset, segment->size);
        if (at < segment->size)
            return segment->address + at;
    }
    return 0;
}

static uint64_t call_in(const char *path, bool compat, uint64_t ip)
{
    size_t size = 0;
    struct layout layout;
    unsigned char *bytes = read_file(path, &size);
    uint64_t address = 0;
    if (bytes && read_layout(bytes, size, compat, &layout) &&
        (ip - layout.entry) % PAGE == 0) /* else the program begins elsewhere */
        address = find_call(bytes, size, compat, &layout);
    free(bytes);
    return address ? ip - layout.entry + address : 0;
}

uint64_t interpreter_call(bool compat, uint64_t ip)
{
    uint64_t address = 0;
    for (unsigned i = 0; !address && i < MACHINE_INTERPRETERS; i++)
        address = call_in(machine_interpreters[compat][i], compat, ip);
    return address;
}
