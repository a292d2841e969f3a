"""The route that the documents' pictures come by: ``GET /help-pictures/explore-light.png``."""

from typing import TYPE_CHECKING

from dashboard.report.addresses import base
from dashboard.theme import ASSETS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

PICTURES = ASSETS / "screenshots"


def routes() -> "list[BaseRoute]":
    """Our route for pictures."""
    from starlette.routing import Route

    return [Route(f"{base()}/help-pictures/{{name}}", _picture, methods=["GET"])]


async def _picture(request: "Request") -> "Response":
    from starlette.responses import FileResponse, PlainTextResponse

    name = request.path_params["name"]
    # Among those that are there: no path is made of what an address says.
    file = next((file for file in PICTURES.glob("*.png") if file.name == name), None)
    if file is None:
        return PlainTextResponse("There is no such picture.", status_code=404)
    return FileResponse(file, headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"})
