"""Messages in words: jinja2 for what people read, JSON for programs, MIME around it. The only place that knows how."""

from service.adapters.render.check import check_templates
from service.adapters.render.renderer import Renderer

__all__ = ["Renderer", "check_templates"]
