"""Files to a repository of Hugging Face or ModelScope, with progress and stop.

Sent over HTTP, a file after another, so that what is sent can be counted and stopped at any time;
all of them become visible with one commit at the end. The key comes from the key file and goes to
the address that it was kept for alone.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from studio import secrets
from studio.errors import InputError, Stopped, WorkspaceError
from studio.libraries.hub_sending import goes_with_the_commit, http_faults

Progress = Callable[[int], None]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSES = 2  # a file is read once for its hash and once to be sent


def require_key(address: str) -> str:
    """The key kept for a hub. Raises InputError where there is none, or where it would travel
    unencrypted.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise InputError(
            "The address {address} is not encrypted.",
            "Use one that begins with https.",
            address=address,
            fields=("endpoint",),
        )
    key = secrets.load_key(address).reveal()
    if not key:
        raise InputError(
            "There is no key for {host}.",
            "Enter the hub's access token (with the right to write) and keep it first.",
            host=secrets.host(address),
            fields=("to",),
        )
    return key


def to_huggingface(
    folder: Path,
    repo_id: str,
    address: str,
    *,
    private: bool,
    overwrite: bool,
    message: str,
    sent: Progress,
    stopping: Callable[[], bool],
    created: Callable[[], None],
) -> str:
    """Send every file of a folder; the repository's address.

    created: called once the repository is there. sent: called with the bytes read so far, of
    `PASSES` times all files. Raises Stopped, InputError, WorkspaceError. A repository that is
    there already is used only with `overwrite`, and never one that everybody sees for what shall
    be private.
    """
    os.environ["HF_HUB_DISABLE_XET"] = "1"  # it cannot be counted or stopped on its way
    from huggingface_hub import CommitOperationAdd, HfApi

    api = HfApi(endpoint=address, token=require_key(address))
    with _Told(address, repo_id):
        _repository(api, repo_id, private=private, overwrite=overwrite)
        created()
        files = sorted(path for path in folder.iterdir() if path.is_file())
        read = _Counter(sent, stopping)
        operations = []
        for path in files:
            with _Watched(path, read) as source:
                operation = CommitOperationAdd(path.name, source)
                api.preupload_lfs_files(repo_id, [operation], repo_type="dataset")
                if goes_with_the_commit(operation):
                    operation = CommitOperationAdd(path.name, path.read_bytes())
                operations.append(operation)
        read.check()
        api.create_commit(
            repo_id, operations, commit_message=message, repo_type="dataset", num_threads=1
        )
    return f"{address}/datasets/{repo_id}"


def to_modelscope(
    folder: Path, repo_id: str, address: str, *, private: bool, overwrite: bool, message: str
) -> str:
    """The same with ModelScope's own library, which tells no progress."""
    try:
        from modelscope.hub.api import HubApi
    except ImportError as error:
        raise InputError(
            "The modelscope library is not installed.",
            "Install it with `pip install modelscope`, or use Hugging Face.",
        ) from error
    key = require_key(address)
    try:
        api: Any = HubApi(endpoint=address)
        api.login(key)
        api.create_repo(
            repo_id,
            token=key,
            visibility="private" if private else "public",
            repo_type="dataset",
            exist_ok=overwrite,
        )
        api.upload_folder(
            repo_id=repo_id,
            folder_path=str(folder),
            repo_type="dataset",
            commit_message=message,
            token=key,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise _failed(address, error) from error
    return f"{address}/datasets/{repo_id}"


def _repository(api: Any, repo_id: str, *, private: bool, overwrite: bool) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    try:
        api.create_repo(repo_id, repo_type="dataset", private=private)
        return
    except HfHubHTTPError as error:
        if error.response.status_code != 409:
            raise
    if not overwrite:
        raise InputError(
            "There is a dataset {repo} on the hub already.",
            "Choose another name, or tick Overwrite ({key}: true).",
            repo=repo_id,
            key="overwrite",
            fields=("repo_id",),
        )
    if private and not api.dataset_info(repo_id).private:
        raise InputError(
            "The dataset {repo} on the hub can be seen by everybody.",
            "Make it private there, choose another name, or untick Private.",
            repo=repo_id,
            fields=("private",),
        )


class _Counter:
    """Bytes read of all files together; asks whether to stop."""

    def __init__(self, sent: Progress, stopping: Callable[[], bool]) -> None:
        self.sent, self.stopping, self.bytes = sent, stopping, 0

    def add(self, count: int) -> None:
        self.bytes += count
        self.sent(self.bytes)
        self.check()

    def check(self) -> None:
        if self.stopping():
            raise Stopped


class _Watched(io.BufferedReader):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, counter: _Counter) -> None:
        super().__init__(io.FileIO(path))
        self.counter = counter

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.counter.add(len(found))
        return found


class _Told:
    """Turns what the hub or the way to it refuses into one sentence."""

    def __init__(self, address: str, repo_id: str) -> None:
        self.address, self.repo_id = address, repo_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        from huggingface_hub.errors import HfHubHTTPError

        while isinstance(error, RuntimeError) and error.__cause__ is not None:
            error = error.__cause__  # the library says which file it was sending
        if isinstance(error, Stopped):
            raise Stopped from error
        if isinstance(error, HfHubHTTPError):
            status = error.response.status_code
            if status in (401, 403):
                raise InputError(
                    "{host} refuses the key for {repo}.",
                    "Use an access token with the right to write there.",
                    host=secrets.host(self.address),
                    repo=self.repo_id,
                ) from error
            raise _failed(self.address, f"HTTP {status}") from error
        if isinstance(error, (OSError, ValueError, RuntimeError, *http_faults())):
            raise _failed(self.address, error) from error


def _failed(address: str, error: Any) -> WorkspaceError:
    return WorkspaceError(
        "{host} did not take the dataset ({reason}).",
        "Nothing is visible there yet. Check the network, then start again.",
        host=secrets.host(address),
        reason=secrets.redact(str(error))[:200],
    )
