"""Chunking's speed beside the procedure that people use by hand, in one run: ``python
tests/bench/bench_chunking_speed.py``.

    [--chars 24000] [--runs 3] [--data ../shared/data] [--skip-gpu] [--plain] [--peers PYTHON]

First the methods without a model and, with `--peers`, the public splitters (`chunking_peers`).

The procedure by hand, written again here: one sentence a forward pass, cosine to a running average
of the chunk, and the whole chunk with the new sentence tokenised again at each step to see whether
it still fits.
Same weights, same sentences (our splitter's, so that English works too), fp32 as it is loaded there
(ours takes bfloat16 where the processor computes in it), model loaded before the clock starts on
both sides. As written it tokenises only where the cosine
passes 0.5, which raw BERT's mean vectors nearly always do and MiniLM's seldom: "full" sets
the threshold to -1, so that chunks grow to max_tokens and each step tokenises; "0.5" leaves it.
Both sides take turns, section by section;
the ratio is the median over runs of (their time / our time). Prints a table, then one JSON line.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from chunking_peers import peers

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: the cores may be shared
ROOT = Path(__file__).resolve().parents[2]
PEER_CHARS = 1_000
TEXTS = {
    "English (Pride and Prejudice)": "speakers/pdnc/PrideAndPrejudice/novel_text.txt",
    "Chinese (Journey to the West)": "novels/journey_to_the_west.txt",
}


class ByHand:
    """The procedure with its model loaded once."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        self.torch, self.device = torch, device
        self.tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            folder, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
        self.model = model.eval().to(device)

    def vector(self, sentence: str):
        """Mean of the last states of one sentence, padding and special tokens as the tokenizer
        gives them.
        """
        given = self.tokenizer(
            sentence, return_tensors="pt", padding=True, truncation=True, max_length=512
        ).to(self.device)
        with self.torch.no_grad():
            return self.model(**given).last_hidden_state.mean(dim=1).squeeze().cpu().numpy()

    def chunks(self, sentences: list[str], max_tokens: int, threshold: float) -> list[str]:
        """The chunks' texts."""
        from scipy.spatial.distance import cosine

        found, held, average = [], sentences[0], self.vector(sentences[0])
        for sentence in sentences[1:]:
            vector = self.vector(sentence)
            alike = 1 - cosine(average, vector)
            if alike > threshold and len(self.tokenizer.tokenize(held + sentence)) <= max_tokens:
                held, average = held + sentence, (average + vector) / 2
            else:
                found.append(held)
                held, average = sentence, vector
        return [*found, held]


def timed(work) -> float:
    """Seconds that `work()` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def sentences_of(text: str) -> list[str]:
    """Our splitter's sentences."""
    from studio.text.sentences import borders

    places = borders(text)
    return [text[start:end] for start, end in zip(places, places[1:], strict=False)]


def ratios(
    text: str, hand: ByHand, ours, max_tokens: int, threshold: float, runs: int
) -> dict[str, float]:
    """Median seconds of both sides and the median ratio, the two taking turns."""
    sentences, pairs = sentences_of(text), []
    for _ in range(runs):
        mine = timed(lambda: ours(text))
        theirs = timed(lambda: hand.chunks(sentences, max_tokens, threshold))
        pairs.append(
            (theirs, (mine + timed(lambda: ours(text))) / 2)
        )  # ours before and after theirs
    return {
        "sentences": len(sentences),
        "by_hand_s": statistics.median(t for t, _ in pairs),
        "ours_s": statistics.median(m for _, m in pairs),
        "ratio": statistics.median(t / m for t, m in pairs),
        "least": min(t / m for t, m in pairs),
        "most": max(t / m for t, m in pairs),
    }


def processor(options: argparse.Namespace, show) -> list[dict]:
    """MiniLM and lexical against the procedure with MiniLM, on this processor."""
    from studio.chunking import ChunkSpec
    from studio.chunking.cut import cut_text
    from studio.chunking.encoders import factory
    from studio.chunking.encoders.minilm import model_folder

    hand, rows = ByHand(model_folder()), []
    minilm = factory.make(ChunkSpec(encoder="minilm", cache=False))
    lexical = factory.make(ChunkSpec(encoder="lexical"))
    for name, place in TEXTS.items():
        text = (Path(options.data) / place).read_text(encoding="utf-8")[: options.chars]
        for max_tokens in (512, 2048):
            for threshold, title in ((-1.0, "full"), (0.5, "0.5")):
                for encoder, label in ((minilm, "minilm"), (lexical, "lexical")):
                    if label == "lexical" and threshold > 0:
                        continue
                    spec = ChunkSpec(encoder=label, max_tokens=max_tokens)
                    ours = partial(cut_text, spec=spec, encoder=encoder)
                    ours(text[:2000])
                    row = {
                        "text": name,
                        "chars": len(text),
                        "encoder": label,
                        "max_tokens": max_tokens,
                        "by_hand": title,
                    }
                    rows.append(row | ratios(text, hand, ours, max_tokens, threshold, options.runs))
                    show(rows[-1])
    return rows


def plain(options: argparse.Namespace) -> list[dict]:
    """Seconds of the processor a megabyte of UTF-8 for the methods without a model, on whole books,
    the least of the runs; beside them the public splitters (`chunking_peers`).
    """
    from studio.chunking import ChunkSpec, chunk_text

    rows = []
    for name, place in TEXTS.items():
        text = (Path(options.data) / place).read_bytes().decode("utf-8")
        size = len(text.encode()) / 1e6
        cpu = {}
        for method in ("recursive", "paragraph"):
            spec = ChunkSpec(method=method)
            chunk_text(text[:20_000], spec)
            spent = []
            for _ in range(options.runs):
                begun = time.process_time()
                chunk_text(text, spec)
                spent.append(time.process_time() - begun)
            cpu[method] = min(spent) / size
        if options.peers:
            cpu |= {
                peer: found["cpu_s"] / size
                for peer, found in peers(options.peers, [text], PEER_CHARS).items()
            }
        rows.append({"text": name, "megabytes": size, "cpu_s_per_mb": cpu})
        shown = ", ".join(f"{method} {seconds:.3f}" for method, seconds in cpu.items())
        print(f"{name:<32}no model, CPU s/MB: {shown}", flush=True)
    return rows


def graphics(options: argparse.Namespace, show) -> list[dict]:
    """Characters a second with random weights of bert-base's size on a GPU; [] where there is
    none.
    """
    import torch

    if options.skip_gpu or not torch.cuda.is_available():
        print("graphics processor: none here, this part is skipped", file=sys.stderr)
        return []
    from studio.chunking import ChunkSpec
    from studio.chunking.cut import cut_text
    from studio.chunking.encoders.huggingface import HfEncoder
    from studio.chunking.encoders.sentence_model import encoder

    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = random_bert(Path(name) / "bert")
        ours, hand = encoder(HfEncoder(folder, "mean", 32_768)), ByHand(folder, "cuda")
        for title, place in TEXTS.items():
            file = Path(options.data) / place
            text = (
                file.read_text(encoding="utf-8")
                if file.is_file()
                else "他说了一句话，又走了。The ship sails at dawn. " * 8000
            )
            spec = ChunkSpec(encoder="minilm", max_tokens=512)
            cut_text(text[:20_000], spec, encoder=ours)
            torch.cuda.synchronize()
            seconds = statistics.median(
                timed(partial(cut_text, text, spec, encoder=ours)) for _ in range(options.runs)
            )
            part = text[: options.chars]
            by_hand = timed(partial(hand.chunks, sentences_of(part), 512, -1.0)) / len(part)
            rows.append(
                {
                    "text": title,
                    "chars": len(text),
                    "encoder": "bert-base, random weights",
                    "device": torch.cuda.get_device_name(),
                    "chars_per_second": len(text) / seconds,
                    "ratio": by_hand * len(text) / seconds,
                }
            )
            show(rows[-1])
    return rows


def random_bert(folder: Path) -> Path:
    """A folder with bert-base's shape, random weights and MiniLM's tokenizer, whose words are
    BERT's own.
    """
    from transformers import AutoTokenizer, BertConfig, BertModel

    from studio.chunking.encoders.minilm import model_folder

    BertModel(BertConfig()).save_pretrained(folder)
    AutoTokenizer.from_pretrained(model_folder()).save_pretrained(folder)
    return folder


def show(row: dict) -> None:
    """One line of the table."""
    if "by_hand" in row:
        print(
            f"{row['text']:<32}{row['encoder']:<9}{row['max_tokens']:>5}  by hand "
            f"({row['by_hand']:>4}) {row['by_hand_s']:7.2f} s   ours {row['ours_s']:7.3f} s   "
            f"{row['ratio']:7.1f} × ({row['least']:.1f} … {row['most']:.1f})",
            flush=True,
        )
    else:
        print(
            (
                f"{row['text']:<32}{row['encoder']}  {row['chars_per_second']:,.0f} "
                f"characters/s   {row['ratio']:.0f} × one at a time"
            ),
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chars", type=int, default=24_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", default=str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--skip-gpu", action="store_true")
    parser.add_argument("--peers", default="", help="the Python that has the public splitters")
    parser.add_argument("--plain", action="store_true", help="only the methods without a model")
    options = parser.parse_args()
    without = plain(options)
    if options.plain:
        print(json.dumps({"plain": without}, ensure_ascii=False))
        return
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    from studio.chunking.encoders.device import machine

    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {machine()}", flush=True)
    rows = processor(options, show)
    print(
        json.dumps(
            {"plain": without, "processor": rows, "graphics": graphics(options, show)},
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
