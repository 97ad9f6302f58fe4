"""One `ask()` over every model server: tries, waits, the ladder of JSON modes, stop and
deadline.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from studio.errors import LlmFault, Stopped
from studio.llm import faults
from studio.llm import schema as schemas
from studio.llm.faults import Trouble
from studio.llm.line import Line
from studio.llm.pump import TimeUp, pump
from studio.llm.reply import Dialect, Message, Reply, Request
from studio.llm.spec import ProviderSpec
from studio.llm.thinking import thoughts_alone, without_thoughts

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
# A server that falls silent shall leave time for a second try; our own server never does.
TRY_SHARE = 0.5
LAST_RUNG = 2

Stop = Callable[[], bool]
OnWait = Callable[[LlmFault, float], None]


@dataclass
class Call:
    """The budget of one `ask()`: tries, time, and the wish to stop."""

    spec: ProviderSpec
    stop: Stop | None
    on_wait: OnWait | None
    tries: int = 0
    begun: float = field(default_factory=time.monotonic)
    extra_s: float = 0.0

    @property
    def until(self) -> float:
        """When the time is up, on the monotonic clock."""
        return self.begun + self.spec.timeout_s + self.extra_s

    @property
    def try_until(self) -> float:
        """When the try that begins now must be over."""
        share = 1.0 if self.spec.provider == "local" else TRY_SHARE
        return min(self.until, time.monotonic() + self.spec.timeout_s * share)

    def left(self) -> bool:
        """Whether another try is allowed."""
        return self.tries < self.spec.max_tries and time.monotonic() < self.until

    def pause(self, trouble: Trouble) -> None:
        """Wait as long as the server asked, else a little longer each time. Raises Stopped."""
        told = trouble.wait_s
        grown = min(FIRST_WAIT_S * 2 ** (self.tries - 1), LONGEST_WAIT_S) * random.uniform(
            0.75, 1.0
        )
        seconds = told if told is not None else grown
        self.extra_s += told or 0.0
        if self.on_wait:
            self.on_wait(trouble.fault, seconds)
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0:
            if self.stop is not None and self.stop():
                raise Stopped
            time.sleep(min(0.1, remaining))


class Client:
    """A model server ready to be asked, from any number of threads at once.

    Make one with `connect`.
    """

    def __init__(self, spec: ProviderSpec, dialect: Dialect) -> None:
        self.spec = spec
        self._dialect = dialect
        self._idle: deque[Line] = deque()
        self._rung = 0
        self._without: frozenset[str] = frozenset()

    def ask(
        self,
        messages: list[Message],
        schema: dict[str, Any] | None = None,
        stop: Stop | None = None,
        *,
        on_wait: OnWait | None = None,
        allow_cut: bool = False,
        seed_shift: int = 0,
        max_tokens: int | None = None,
        checked: bool = True,
    ) -> Reply:
        """One whole answer; with `schema` (a flat JSON object) `reply.data` holds the checked
        object.

        `stop()` is looked at ten times a second. `on_wait(fault, seconds)` hears of every wait
        before a retry. An answer that ended at the token limit is a fault unless `allow_cut`.
        `seed_shift` is added to the spec's seed, so that the same prompt can be asked for several
        answers; `max_tokens` overrides the spec's. Without `checked` any JSON object is taken, and
        the caller judges what stands in it.
        Raises LlmFault; Stopped when stop() turned true; StudioError if the local server cannot
        start.
        """
        call = Call(self.spec, stop, on_wait)
        asked = messages if schema is None else _with_hint(messages, schemas.describe(schema))
        seed = None if self.spec.seed is None else self.spec.seed + seed_shift
        request = Request(asked, schema, seed=seed, max_tokens=max_tokens or self.spec.max_tokens)
        reply = self._answer(request, call)
        if schema is not None:
            reply = self._fitting(request, call, reply, schema if checked else {})
        elif reply.cut and not allow_cut:
            raise faults.cut_off(request.max_tokens)
        return replace(reply, seconds=time.monotonic() - call.begun)

    def stream(
        self, messages: list[Message], stop: Stop | None = None, *, on_wait: OnWait | None = None
    ) -> Iterator[str | Reply]:
        """Pieces of the answer as they come, then the whole Reply. Raises as `ask` does.

        Tried again only as long as no piece was handed out; a stream that is cut short is a
        bad_reply.
        """
        call = Call(self.spec, stop, on_wait)
        for item in self._tries(
            Request(messages, stream=True, seed=self.spec.seed, max_tokens=self.spec.max_tokens),
            call,
        ):
            yield (
                replace(item, seconds=time.monotonic() - call.begun)
                if isinstance(item, Reply)
                else item
            )

    def close(self) -> None:
        """Close idle connections; the client may still be used."""
        while self._idle:
            self._idle.pop().close()

    def _answer(self, request: Request, call: Call) -> Reply:
        *_, last = self._tries(request, call)
        reply: Reply = last
        text = without_thoughts(reply.text)
        if not text.strip():
            raise (
                thoughts_alone(request.max_tokens)
                if reply.text.strip()
                else faults.empty(self._dialect.host).fault
            )
        return replace(reply, text=text)

    def _fitting(self, request: Request, call: Call, reply: Reply, schema: dict[str, Any]) -> Reply:
        """The reply with its data, asking once more with the checker's words if it does not fit
        `schema`.
        """
        for last in (False, True):
            if reply.cut:
                raise faults.cut_off(request.max_tokens)
            data, wrong = schemas.read(reply.text, schema)
            if data is not None:
                return replace(reply, data=data)
            if last or not call.left():
                break
            again = [
                *request.messages,
                {"role": "assistant", "content": reply.text},
                {
                    "role": "user",
                    "content": f"That does not fit: {wrong}. "
                    + schemas.describe(request.schema or {}),
                },
            ]
            second = self._answer(replace(request, messages=again), call)
            reply = replace(
                second,
                prompt_tokens=reply.prompt_tokens + second.prompt_tokens,
                completion_tokens=reply.completion_tokens + second.completion_tokens,
            )
        raise LlmFault(
            "bad_reply",
            "The model {model} did not keep to the JSON form ({wrong}), for example {example}.",
            "Choose a larger model or the two-step answer format.",
            model=self.spec.model_name_or_path,
            wrong=wrong,
            example=f"“{' '.join(reply.text.split())[:120]}”",
        )

    def _tries(self, request: Request, call: Call) -> Iterator[Any]:
        """The items of the first try that succeeds. Raises LlmFault when none may follow."""
        while True:
            call.tries += 1
            handed = False
            # A bad reply repeats itself under the same seed, so each try has its own.
            seed = (
                None if request.seed is None else (request.seed + 7919 * (call.tries - 1)) % 2**31
            )
            sent = replace(request, seed=seed, rung=self._rung, without=self._without)
            try:
                self._make_ready(call)
                for item in self._once(sent, call):
                    handed = True
                    yield item
                return
            except Trouble as trouble:
                adapted = self._adapt(trouble.refused, sent)
                if handed or not call.left() or not (trouble.again or adapted):
                    raise trouble.fault from trouble
                if not adapted:
                    call.pause(trouble)

    def _make_ready(self, call: Call) -> None:
        """Have a server to talk to; the time that a model takes to load is not the answer's
        time.
        """
        if self._idle:
            return
        begun = time.monotonic()
        self._dialect.ready(call.stop)
        call.extra_s += time.monotonic() - begun

    def _once(self, request: Request, call: Call) -> Iterator[Any]:
        """One try over one line. Raises Trouble or Stopped."""
        try:
            line = self._idle.pop()
        except IndexError:
            line = self._dialect.open()
        whole = False
        try:
            yield from pump(
                lambda: self._dialect.send(line, request),
                errors=(Trouble, *self._dialect.errors),
                stop=call.stop,
                until=call.try_until,
                abort=line.abort,
            )
            whole = True
        except TimeUp as error:
            raise faults.timed_out(self._dialect.host) from error
        except self._dialect.errors as error:
            raise faults.by_error(error, self._dialect.host) from error
        finally:
            if whole:
                self._idle.append(line)
            else:
                line.close()
                self.close()  # what else lies idle may be as dead

    def _adapt(self, refused: str, sent: Request) -> bool:
        """Leave out what this server refuses, for this and all later calls; whether a new request
        differs from `sent`.
        """
        if refused == "response_format" and sent.schema and sent.rung < LAST_RUNG:
            self._rung = max(self._rung, sent.rung + 1)  # another thread may have found the same
            return True
        if refused in faults.FIELDS and refused not in sent.without:
            self._without |= {refused}
            return True
        return False


def _with_hint(messages: list[Message], hint: str) -> list[Message]:
    """`messages` with `hint` at the end of the last one."""
    last = messages[-1]
    return [*messages[:-1], last | {"content": f"{last['content']}\n\n{hint}"}]
