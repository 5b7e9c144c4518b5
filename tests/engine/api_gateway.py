"""What API Gateway makes of a request, or of the answer to one, by the interface that the template describes.

api_gateway.py TEMPLATE NAMES CALL, the last two in JSON: what ${…} in the template stands for, and a call of
{"method", "path", "media_type", "body", "params"}, answered by {"status"} where it is refused, and by {"operation", "asked"}
where it is passed on; or of {"method", "path", "answer": {"status", "body"}}, answered by {"status", "told"}.
"""

import json
import re
import sys

import airspeed
import fastjsonschema
import yaml

# In Velocity's texts a backslash is a letter like others.
for literal in (airspeed.StringLiteral, airspeed.InterpolatedStringLiteral):
    literal.ESCAPED_CHAR = re.compile("(?!)")

# Whoever asks. IAM allows quotation marks in the path of a user.
CALLER = "arn:aws:iam::000000000000:user/o'brien\"s/records"


class Input:
    """$input: what came, and parts of it by a path such as $.a.b."""

    def __init__(self, body, params):
        self.body, self.named = body, params

    def path(self, path):
        node = json.loads(self.body)
        for step in filter(None, path.removeprefix("$").split(".")):
            node = node.get(step) if isinstance(node, dict) else None
        return node

    def json(self, path):
        node = self.path(path)
        return json.dumps("" if node is None else node, ensure_ascii=False, separators=(",", ":"))

    def params(self, name):
        return self.named.get(name, "")


class Util:
    """$util, as far as templates use it."""

    def escapeJavaScript(self, text):
        escapes = {"\\": "\\\\", '"': '\\"', "'": "\\'", "/": "\\/", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
        # Java's letters are units of UTF-16: two for an emoji.
        units = text.encode("utf-16-be", "surrogatepass")
        letters = (chr(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2))
        return "".join(
            escapes.get(letter) or (letter if " " <= letter <= "~" else f"\\u{ord(letter):04X}") for letter in letters
        )


def render(template, body, params):
    """A mapping template's text, and the status that it puts in the place of the usual one."""
    overridden = {}
    context = {"responseOverride": overridden, "identity": {"userArn": CALLER}}
    names = {"input": Input(body, params), "util": Util(), "context": context}
    return airspeed.Template(template).merge(names), overridden.get("status")


def interface(path, names):
    """The description of the interface within a template."""

    class Loader(yaml.SafeLoader):
        pass

    def tagged(loader, tag, node):
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node)
        text = loader.construct_scalar(node)
        return re.sub(r"\$\{([^}]+)\}", lambda name: names.get(name[1], name[0]), text) if tag == "Sub" else text

    Loader.add_multi_constructor("!", tagged)
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader)["Resources"]["ExportApi"]["Properties"]["DefinitionBody"]


def request(api, operation, call):
    integration = operation["x-amazon-apigateway-integration"]
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"].get(call["media_type"], {}).get("schema")
        schema = schema and api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        try:
            fastjsonschema.validate(schema or {}, json.loads(call["body"]))
        except (ValueError, fastjsonschema.JsonSchemaValueException):
            return {"status": 400}
    template = integration["requestTemplates"].get(call["media_type"])
    if template is None:
        assert integration["passthroughBehavior"] == "never", "what nobody has checked would be passed on"
        return {"status": 415}
    asked, _ = render(template, call["body"], call["params"])
    return {"operation": integration["uri"].rpartition(":states:action/")[2], "asked": json.loads(asked)}


def response(operation, answer):
    responses = operation["x-amazon-apigateway-integration"]["responses"]
    fitting = [name for name in responses if name != "default" and re.fullmatch(name, str(answer["status"]))]
    chosen = responses[fitting[0] if fitting else "default"]
    told, status = render(chosen["responseTemplates"]["application/json"], answer["body"], {})
    return {"status": status or int(chosen["statusCode"]), "told": json.loads(told)}


api, call = interface(sys.argv[1], json.loads(sys.argv[2])), json.loads(sys.argv[3])
operation = api["paths"][call["path"]][call["method"].lower()]
json.dump(response(operation, call["answer"]) if "answer" in call else request(api, operation, call), sys.stdout)
