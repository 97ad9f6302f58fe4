"""The export of the dataset on show, as a zip to download."""

from studio.datasets import window
from studio.errors import InputError
from tabs.dataset.parts import DatasetTab
from tabs.kit import export_box
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


def wire(tab: DatasetTab, shared: Shared) -> None:
    """What the button does."""

    def exported(session: Session, values: Values) -> Values:
        name = values.get(tab.shown)
        if not name:
            raise InputError("No dataset is chosen.", "Choose one above the preview, then export.")
        path = window.export_zip(
            session.workspace,
            name,
            str(values.get(tab.file_format) or ""),
            str(values.get(tab.file_type) or ""),
            sources=bool(values.get(tab.with_sources)),
        )
        return {tab.ready: export_box.offered(session, path)}

    connect(
        shared,
        tab.export.click,
        exported,
        inputs=[tab.shown, tab.file_format, tab.file_type, tab.with_sources],
        outputs=[tab.ready],
        notice=tab.notice,
        queue=True,
    )
