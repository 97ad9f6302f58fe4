"""The local model server: found or started by the first call, found again after a restart."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from studio.llm.openai_client import Endpoint, OpenAIDialect
from studio.llm.spec import ProviderSpec
from studio.workspace import Workspace

# Loading may include a download of many gigabytes; a stop request ends the wait.
LOADING_S = 6 * 3600.0


class LocalDialect(OpenAIDialect):
    """The OpenAI protocol to the studio's own server on loopback."""

    def __init__(self, spec: ProviderSpec, workspace: Workspace | None) -> None:
        super().__init__(
            spec,
            Endpoint(
                base_url="",
                host="the local model server",
                key="",
                model=spec.adapter_name_or_path or "base",
            ),
        )
        self.workspace = workspace

    def ready(self, stop: Callable[[], bool] | None) -> None:
        """Have the server up with the model, and with the adapter on it.

        Raises ModelError or Stopped.
        """
        from studio.serving import ServerSpec, ensure, load_adapter

        folder = self._adapter_folder()
        roots = [str(folder.parent)] if folder else []
        server = ensure(
            ServerSpec(model_name_or_path=self.spec.model_name_or_path, adapter_roots=roots),
            timeout_s=LOADING_S,
            stop=stop,
        )
        name = self.spec.adapter_name_or_path
        if folder is not None:
            name = folder.parent.name if folder.name == "adapter" else folder.name
            if name not in server.adapters:
                load_adapter(name, folder)
        self.place = replace(
            self.place,
            base_url=server.base_url,
            host=urlsplit(server.base_url).netloc,
            key=server.token.reveal(),
            model=name or "base",
        )

    def _adapter_folder(self) -> Path | None:
        """The folder of an adapter given as a training run's id or as a path; None for a name
        already served.
        """
        from studio.models import check_adapter, roots

        given = Path(self.spec.adapter_name_or_path)
        if not self.spec.adapter_name_or_path:
            return None
        if given.is_absolute():
            return check_adapter(given, roots(self.workspace)).path
        folder = (
            self.workspace.run_folder(self.spec.adapter_name_or_path) / "adapter"
            if self.workspace
            else None
        )
        return check_adapter(folder).path if folder and folder.is_dir() else None
