"""What machines send: signed alarms of sensors, and the register of these."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import JSONResponse, Response

from api.auth import address_of, trace_of
from api.bodies import body_of, told
from api.deps import EngineDep, SettingsDep, read_body
from api.intake_schemas import AlarmIn, AlarmOut, SensorChange, SensorIn, SensorKey, SensorList
from gis.events.readers import read_category, read_point, read_string
from gis.events.sensors import service
from gis.events.sensors.hearing import Signed, hear

router = APIRouter(tags=["sensors"])
LARGEST_ALARM_BYTES = 8 * 1024


async def alarm_body(request: Request) -> bytes:
    """The raw bytes, which are signed."""
    return await read_body(request, LARGEST_ALARM_BYTES)


@router.post(
    "/webhooks/sensors/{device}",
    response_model=AlarmOut,
    openapi_extra=dict(told(AlarmIn)),
    responses={201: {"model": AlarmOut, "description": "It opened an event"}},
)
def sensor_alarm(
    request: Request,
    engine: EngineDep,
    settings: SettingsDep,
    device: str,
    body: Annotated[bytes, Depends(alarm_body)],
    wangge_timestamp: Annotated[str, Header(description="Unix seconds", max_length=12)] = "",
    wangge_signature: Annotated[
        str, Header(description="v1= HMAC-SHA256 of `timestamp.body` under the key", max_length=80)
    ] = "",
) -> Response:
    """An alarm. 201 opened an event; 200 counted it to the open one, or had heard it before (`Idempotent-Replay`).

    Without a valid signature of the last five minutes: 401.
    """
    signed = Signed(device, wangge_timestamp, wangge_signature, body, address_of(request), trace_of(request))
    heard = hear(engine, settings, signed)
    answer: dict[str, Any] = {"event_number": heard.event_number, "alarms": heard.alarms, "new": heard.new}
    headers = {"Cache-Control": "no-store"} | ({"Idempotent-Replay": "true"} if heard.replay else {})
    return JSONResponse(answer, 201 if heard.new else 200, headers)


@router.get("/sensors", response_model=SensorList)
def list_sensors(engine: EngineDep) -> Response:
    """Sensors of the areas whose rules I edit."""
    rows = [asdict(row) for row in service.list_sensors(engine)]
    for row in rows:
        row["created_at"] = row["created_at"].isoformat()
        row["last_at"] = None if row["last_at"] is None else row["last_at"].isoformat()
    return JSONResponse({"items": rows}, headers={"Cache-Control": "no-store"})


@router.post("/sensors", status_code=201, response_model=SensorKey, openapi_extra=dict(told(SensorIn)))
def create_sensor(
    engine: EngineDep, settings: SettingsDep, given: Annotated[SensorIn, Depends(body_of(SensorIn))]
) -> Response:
    """Register a sensor; its key is told this once."""
    lon, lat = read_point(given.geometry.model_dump(), "geometry")
    new = service.NewSensor(
        code=given.code,
        name=read_string(given.name, "name", longest=80),
        category=read_category(given.category, "category"),
        lon=lon,
        lat=lat,
        coord_sys=str(given.coord_sys),
        text=read_string(given.text, "text", longest=500),
        urgency=str(given.urgency),
        snooze_s=given.snooze_s,
    )
    key = service.add_sensor(engine, settings, new)
    return JSONResponse({"code": new.code, "key": key}, 201, {"Cache-Control": "no-store"})


@router.patch("/sensors/{code}", status_code=204, openapi_extra=dict(told(SensorChange)))
def update_sensor(
    engine: EngineDep, code: str, given: Annotated[SensorChange, Depends(body_of(SensorChange))]
) -> Response:
    """Switch a sensor on or off, or change for how long its alarms are one event."""
    service.change_sensor(engine, code, enabled=given.enabled, snooze_s=given.snooze_s)
    return Response(status_code=204)
