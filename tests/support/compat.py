"""
Calls by the 32-bit table of an x86-64 kernel, from a 64-bit process.

``SOURCE`` is Python for a watched process: ``call32(NAME, ...)`` makes a call by ``int 0x80``.
Bytes among the arguments are copied to where 32 bits reach; what is copied stays.
"""

from shikra.sources.kernel import syscalls

_NUMBERS = {
    name: number for number, name in syscalls.names(syscalls.Table.COMPAT, machine="x86_64").items()
} | {"socketcall": syscalls.SOCKETCALL}

# load eax, ebx, ecx, edx, esi, edi, ebp from the array that is the only argument; int 0x80
_CODE = bytes.fromhex(
    "53 55 4989f9 418b01 418b5904 418b4908 418b510c 418b7110 418b7914 418b6918 cd80 5d 5b c3"
)

SOURCE = f"""
NUMBERS32 = {_NUMBERS}
libc.mmap.restype = ctypes.c_size_t
low_next = libc.mmap(None, ctypes.c_size_t(1 << 16), 7, 0x62, -1, ctypes.c_size_t(0))
assert low_next < 1 << 32
def low(data):
    global low_next
    at = low_next
    ctypes.memmove(at, data, len(data))
    low_next += len(data) + 16 & ~15
    return at
interrupt = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_size_t)(low({_CODE!r}))
def call32(name, *arguments):
    values = [low(each + bytes(1)) if isinstance(each, bytes) else each for each in arguments]
    values = [NUMBERS32[name] if isinstance(name, str) else name, *values, *[0] * 6][:7]
    return interrupt(low(struct.pack('7I', *(value & 0xffffffff for value in values))))
"""
