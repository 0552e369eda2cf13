"""Photos of reports, by the SHA-256 of their bytes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import FileResponse, JSONResponse, Response

from api.deps import EngineDep, SettingsDep, media_type, read_body
from api.intake_schemas import PieceOut
from api.numbers import PlainInt
from api.schemas import AttachmentOut
from gis.base.errors import Invalid, Unsupported
from gis.events import photo_parts, photos

router = APIRouter(prefix="/attachments", tags=["reports"])

TYPES = ("image/jpeg", "image/png", "image/webp")
FOLDER = "attachments"
PIECE_TYPE = "application/offset+octet-stream"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES},
    }
}
SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {photos.MEDIA_TYPE: {}}, "description": "The photo"},
    304: {"description": "The one the browser has"},
}
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def photo_name(sha256: str) -> str:
    """The name of a photo as it was given; Invalid `bad_sha256`."""
    if not _SHA256.fullmatch(sha256):
        raise Invalid(
            "bad_sha256",
            "应为小写十六进制 SHA-256",
            "must be SHA-256 in lower-case hexadecimal",
            field="sha256",
        )
    return sha256


async def photo_body(request: Request) -> bytes:
    """The image bytes, at most 20 MB."""
    photo_name(request.path_params["sha256"])
    if media_type(request)[0] not in TYPES:
        kinds = ", ".join(TYPES)
        raise Unsupported(
            "unsupported_media_type", f"应为 {kinds}", f"Send one of {kinds}", field="Content-Type"
        )
    return await read_body(request, photos.LARGEST_BYTES)


@router.put(
    "/{sha256}",
    status_code=201,
    response_model=AttachmentOut,
    openapi_extra=BODY,
    responses={200: {"model": AttachmentOut, "description": "It was here already"}},
)
def store_photo(
    engine: EngineDep, settings: SettingsDep, sha256: str, data: Annotated[bytes, Depends(photo_body)]
) -> Response:
    """Send a photo that a stored report announces. It is encoded anew, without what the camera wrote into it.

    Its bytes tell what kind of image it is, whichever of the three Content-Type names. 503 `busy` means that
    others, or this one, are being encoded: send it again after Retry-After.
    """
    kept, new = photos.store_photo(engine, settings.state_dir / FOLDER, sha256, data)
    body = {"sha256": kept.sha256, "bytes": kept.size, "width": kept.width, "height": kept.height}
    return JSONResponse(body, 201 if new else 200, {"Cache-Control": "no-store"})


async def piece_body(request: Request) -> bytes:
    """The bytes of one piece."""
    photo_name(request.path_params["sha256"])
    if media_type(request)[0] != PIECE_TYPE:
        raise Unsupported(
            "unsupported_media_type", f"应为 {PIECE_TYPE}", f"Send {PIECE_TYPE}", field="Content-Type"
        )
    return await read_body(request, photos.LARGEST_BYTES)


@router.get("/{sha256}/pieces", response_model=PieceOut)
def photo_progress(engine: EngineDep, settings: SettingsDep, sha256: str) -> Response:
    """How much of an announced photo has come in pieces: go on from `Upload-Offset`. HEAD tells the same."""
    return _progress(photo_parts.upload_offset(engine, settings.state_dir / FOLDER, photo_name(sha256)))


@router.patch(
    "/{sha256}/pieces",
    response_model=PieceOut,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {PIECE_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    responses={201: {"model": PieceOut, "description": "The last piece: the photo is stored"}},
)
def store_piece(
    engine: EngineDep,
    settings: SettingsDep,
    sha256: str,
    piece: Annotated[bytes, Depends(piece_body)],
    upload_offset: Annotated[PlainInt, Header(ge=0, description="where this piece begins")],
    upload_length: Annotated[PlainInt, Header(ge=1, description="bytes of the whole photo")],
) -> Response:
    """Send the next piece of an announced photo. 200 with `Upload-Offset`: go on; 201: it is stored.

    409 `wrong_offset` says where to go on. After 503 `busy` at the end send an empty last piece.
    """
    folder = settings.state_dir / FOLDER
    done = photo_parts.append_piece(
        engine, folder, photo_name(sha256), offset=upload_offset, length=upload_length, piece=piece
    )
    return _progress(done)


def _progress(done: photo_parts.Progress) -> Response:
    # The name of the copy is for who has sent the photo whole; anybody may ask how far it has come.
    stored = done.stored.sha256 if done.stored is not None and done.new else None
    headers = {"Cache-Control": "no-store", "Upload-Offset": str(done.offset)}
    body = {"offset": done.offset, "stored": done.stored is not None, "sha256": stored}
    return JSONResponse(body, 201 if done.new else 200, headers)


@router.get("/{sha256}", response_class=FileResponse, responses=SHOWN)
def read_photo(request: Request, engine: EngineDep, settings: SettingsDep, sha256: str) -> Response:
    """A stored photo, by the SHA-256 of the stored copy; of a confidential report for few.

    A browser that has it asks each time whether it may still show it: 304.
    """
    path = photos.read_photo(engine, settings.state_dir / FOLDER, photo_name(sha256))
    return photo_answer(request, path, sha256)


def photo_answer(request: Request, path: Path, sha256: str) -> Response:
    """The file of a stored photo, to be asked for again each time; 304 for whoever has it."""
    headers = {
        "Content-Disposition": f'inline; filename="{sha256[:16]}.jpg"',
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, Authorization",
        "ETag": f'"{sha256}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=photos.MEDIA_TYPE, headers=headers)
