/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keys_data.S - the built-in key map, as a file that a user could have written. */
    .section .rodata
    .global ui_keys_begin
    .global ui_keys_end
ui_keys_begin:
    .incbin "assets/keys.conf"
ui_keys_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
