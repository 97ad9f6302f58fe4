"""What is used of python-calamine beyond its documentation: a workbook that breaks the rules of its
format in a way that the library does not foresee ends in a panic of Rust, which pyo3 hands on as a
BaseException of its own whose class cannot be imported.
"""


def is_panic(error: BaseException) -> bool:
    """Whether an error is a panic of the library's Rust code."""
    return type(error).__name__ == "PanicException" and type(error).__module__ == "pyo3_runtime"
