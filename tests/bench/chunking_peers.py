"""Public splitters on the same texts, in an environment of their own:

    python -m venv PEERS && PEERS/bin/pip install chonkie semchunk langchain-text-splitters

`peers` runs this file with that environment's Python, which knows nothing of the studio. Sizes are
in characters, so that none needs a tokenizer; what is not installed is left out.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

Starts = Callable[[str], list[int]]


def peers(python: str, texts: list[str], size: int) -> dict[str, dict]:
    """Of each peer `starts`, where its chunks of each text begin, and `cpu_s`, seconds of the
    processor for all.
    """
    run = subprocess.run(
        [python, __file__],
        input=json.dumps({"texts": texts, "size": size}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def splitters(size: int) -> Iterator[tuple[str, Starts]]:
    """Those that are installed, by name."""
    try:
        from chonkie import RecursiveChunker, SentenceChunker

        for name, one in (
            ("chonkie, recursive", RecursiveChunker(tokenizer="character", chunk_size=size)),
            ("chonkie, sentences", SentenceChunker(tokenizer="character", chunk_size=size)),
        ):
            yield name, lambda text, one=one: [chunk.start_index for chunk in one.chunk(text)]
    except ImportError as error:
        print(error, file=sys.stderr)
    try:
        import semchunk

        chunker = semchunk.chunkerify(len, chunk_size=size)
        yield "semchunk", lambda text: [start for start, _ in chunker(text, offsets=True)[1]]
    except ImportError as error:
        print(error, file=sys.stderr)
    try:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            chunk_size=size, chunk_overlap=0, add_start_index=True
        )
        yield (
            "langchain, recursive",
            lambda text: [
                part.metadata["start_index"] for part in splitter.create_documents([text])
            ],
        )
    except ImportError as error:
        print(error, file=sys.stderr)


def main() -> None:
    """Read texts, write what each splitter makes of them."""
    given, found = json.load(sys.stdin), {}
    for name, starts in splitters(given["size"]):
        starts("Some words first. " * 50)
        begun = time.process_time()
        made = [starts(text) for text in given["texts"]]
        found[name] = {"starts": made, "cpu_s": time.process_time() - begun}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
