#!/usr/bin/env python3
"""Checks that safetensors files can be read outside Osteon.

usage: read_safetensors.py FILE...

Parses each file with struct and json alone, and with the safetensors package as well where it is
installed; prints its tensors; exits with 1 if anything is wrong or the two disagree.
"""
import json
import math
import struct
import sys

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1,
         "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1}


def parse(path):
    """{name: (dtype, shape, bytes)} and the metadata."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack_from("<Q", content)
    assert length % 8 == 0, "the data isn't aligned to 8 bytes"
    header = json.loads(content[8:8 + length])
    data = content[8 + length:]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    position = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert begin == position, f"{name}: a hole or an overlap at {begin}"
        assert end - begin == SIZES[entry["dtype"]] * math.prod(entry["shape"]), name
        tensors[name] = (entry["dtype"], entry["shape"], data[begin:end])
        position = end
    assert position == len(data), "bytes after the last tensor"
    return tensors, metadata


def compare_with_package(path, tensors, metadata):
    try:
        from safetensors import safe_open
        import numpy
    except ImportError:
        return "safetensors package: not installed, not compared"
    with safe_open(path, framework="np") as file:
        assert set(file.keys()) == set(tensors)
        assert (file.metadata() or {}) == metadata
        for name, (dtype, shape, data) in tensors.items():
            if dtype == "BF16":  # numpy has no such type
                continue
            array = file.get_tensor(name)
            assert list(array.shape) == shape, name
            assert numpy.ascontiguousarray(array).tobytes() == data, name
    return "safetensors package: agrees"


for path in sys.argv[1:]:
    tensors, metadata = parse(path)
    print(f"{path}: {len(tensors)} tensors, metadata {metadata}")
    for name, (dtype, shape, data) in tensors.items():
        print(f"  {name:40} {dtype:5} {shape} {sum(map(bool, data))} nonzero bytes")
    print(" ", compare_with_package(path, tensors, metadata))
