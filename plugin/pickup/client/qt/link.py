"""Calls over Qt's network classes: bytes out, answers back on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from pickup.client import core
from pickup.errors import PickupError

Fail = Callable[[PickupError], None]


@dataclass(frozen=True)
class Ask:
    """A call and who waits for it. `lost` is told where the connection broke before the answer; its
    argument says whether the engine may have carried out the call."""

    call: core.Call[Any]
    done: Callable[[Any], None]
    fail: Fail
    lost: Callable[[bool], None]


class QtLink(QObject):
    """Carries calls to `connection`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.connection: core.Connection | None = None
        self._net = QNetworkAccessManager(self)
        # A system proxy would be asked for 127.0.0.1 too.
        self._net.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._asked: dict[QNetworkReply, Ask] = {}

    def send(self, ask: Ask) -> None:
        """Send a call; exactly one of its three functions is called later, unless `forget` is."""
        call = ask.call
        request = self._request(call)
        request.setTransferTimeout(int(call.seconds * 1000))
        reply = self._net.sendCustomRequest(request, call.method.encode(), call.body or b"")
        self._asked[reply] = ask
        reply.finished.connect(lambda: self._answered(reply))

    def stream(self, path: str) -> QNetworkReply:
        """Begin to read an endless answer."""
        return self._net.get(self._request(core.Call("GET", path, _nothing)))

    def forget(self) -> None:
        """Break off all calls; nobody is told."""
        asked, self._asked = self._asked, {}
        for reply in asked:
            reply.abort()

    def _request(self, call: core.Call[Any]) -> QNetworkRequest:
        assert self.connection is not None, "calls are sent to a connection only"
        request = QNetworkRequest(QUrl(self.connection.url + call.path))
        for name, value in call.headers(self.connection.token).items():
            request.setRawHeader(name.encode(), value.encode())
        attribute, policy = QNetworkRequest.Attribute, QNetworkRequest.RedirectPolicy
        request.setAttribute(attribute.Http2AllowedAttribute, False)
        request.setAttribute(attribute.RedirectPolicyAttribute, policy.ManualRedirectPolicy)
        return request

    def _answered(self, reply: QNetworkReply) -> None:
        ask = self._asked.pop(reply, None)
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        # One that was broken off is closed, and Qt complains aloud about reading it.
        body = bytes(reply.readAll().data()) if reply.isOpen() else b""
        error = reply.error()
        reply.deleteLater()
        kinds = QNetworkReply.NetworkError
        if ask is None:
            return
        if error in (kinds.OperationCanceledError, kinds.TimeoutError):
            ask.fail(core.silent(ask.call.seconds))
        elif status is None:
            ask.lost(error != kinds.ConnectionRefusedError)
        else:
            _tell(ask, status, body)


def _tell(ask: Ask, status: int, body: bytes) -> None:
    try:
        answer = ask.call.answer(status, body)
    except PickupError as error:
        ask.fail(error)
    else:
        ask.done(answer)


def _nothing(data: object) -> None:
    return None
