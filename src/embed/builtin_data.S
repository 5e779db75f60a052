/* SPDX-License-Identifier: GPL-3.0-or-later */
/* builtin_data.S - the built-in embedding inside the binary. */
        .section .rodata
        .global wh_builtin_start
        .global wh_builtin_end
        .balign 64
wh_builtin_start:
        .incbin "assets/glove-20k.haze"
wh_builtin_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits
