"""Makes the template of the lake's tables for Athena out of the catalog: python infra/lake.py [CATALOG] > lake.json

A database per domain, and in it a table per mart, per dataset (`loaded_visits`: every row that was ever loaded, file by
file), and per dataset by batch (`loaded_visits_by_batch`: asked for one batch, it reads that batch's folder alone).
"""

import json
import sys
import tomllib
from pathlib import Path

INFRA = Path(__file__).parent
TYPES = {"text": "string", "integer": "int"}  # the others are called alike
# Of each row: where it came from.
LINEAGE = [
    ("_batch", "string", "Batch that brought the row"),
    ("_file", "string", "Key of the file that it stood in"),
    ("_sheet", "string", "Sheet of the file"),
    ("_row", "bigint", "Row of the sheet"),
]
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def main():
    catalog = Path(sys.argv[1]) if len(sys.argv) > 1 else INFRA.parent / "catalog"
    resources = {"Workgroup": workgroup()}
    for path in sorted(catalog.glob("*/*.toml")):
        contract = tomllib.loads(path.read_text())
        domain, table = contract["table"].split(".")
        columns = [*columns_of(contract), *LINEAGE]
        folder = f"lake/{domain}/{table}"
        title = f"{contract['title']}: every row that was loaded, file by file. Patients' data"
        add(resources, domain, f"loaded_{table}", title, columns, folder)
        add(resources, domain, f"loaded_{table}_by_batch", f"{title}. Asked by batch", columns, folder, by_batch=True)
    known = tomllib.loads((INFRA / "marts.toml").read_text())
    for path in sorted(catalog.glob("*/reports/*.toml")):
        report = tomllib.loads(path.read_text())
        if "mart" not in report["deliver"] or "parquet" not in report["attach"]:
            continue
        domain, mart = path.parts[-3], path.stem
        if mart not in known.get(domain, {}):
            sys.exit(f"{path} makes a mart: give its columns under [{domain}.{mart}] in infra/marts.toml")
        columns = [(name, kind, None) for name, kind in known[domain][mart].items()]
        add(resources, domain, mart, report["title"], columns, f"marts/{domain}/{mart}/parquet")
    json.dump(template(resources), sys.stdout, indent=1)
    print()


def columns_of(contract):
    """Name, Athena's type and description of each column; a time of day is left out, as Athena does not read it."""
    for name, column in contract["columns"].items():
        if column["type"] != "time":
            about = column.get("description", "") + (" (patient data)" if column.get("phi") else "")
            yield name, TYPES.get(column["type"], column["type"]), about


def add(resources, domain, table, about, columns, folder, by_batch=False):
    database = f"{camel(domain)}Database"
    resources.setdefault(database, {
        "Type": "AWS::Glue::Database",
        "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseInput": {"Name": name_of(domain), "Description": f"The lake and the marts of {domain}"},
        },
    })
    location = f"s3://${{LakeBucket}}/{folder}/"
    parameters = {"EXTERNAL": "TRUE", "classification": "parquet"}
    if by_batch:
        parameters |= {
            "projection.enabled": "true",
            "projection.batch.type": "injected",
            "storage.location.template": {"Fn::Sub": f"{location}batch=${{!batch}}/"},
        }
    resources[camel(f"{domain}_{table}")] = {
        "Type": "AWS::Glue::Table",
        "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseName": {"Ref": database},
            "TableInput": {
                "Name": table,
                "Description": about,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters,
                "PartitionKeys": [{"Name": "batch", "Type": "string"}] if by_batch else [],
                "StorageDescriptor": {"Columns": [*map(column_of, columns)], "Location": {"Fn::Sub": location}, **PARQUET},
            },
        },
    }


def column_of(column):
    name, kind, about = column
    # Glue takes no longer comments.
    return {"Name": name, "Type": kind} | ({"Comment": about[:255]} if about else {})


def workgroup():
    return {
        "Type": "AWS::Athena::WorkGroup",
        "Properties": {
            "Name": {"Fn::Sub": "rounds-${Stage}"},
            "Description": "Questions to the lake; answers are encrypted, and deleted after thirty days",
            "WorkGroupConfiguration": {
                "EnforceWorkGroupConfiguration": True,
                "PublishCloudWatchMetricsEnabled": True,
                "BytesScannedCutoffPerQuery": 100_000_000_000,
                "ResultConfiguration": {
                    "OutputLocation": {"Fn::Sub": "s3://${LakeBucket}/queries/"},
                    "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": {"Ref": "DataKeyArn"}},
                },
            },
        },
    }


def template(resources):
    parameters = {
        "Stage": "Name of the installation",
        "LakeBucket": "Bucket of the lake",
        "DataKeyArn": "Key of the bucket, and of the answers",
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Tables of the lake and the marts for Athena, made from the catalog by infra/lake.py",
        "Parameters": {name: {"Type": "String", "Description": about} for name, about in parameters.items()},
        "Resources": resources,
    }


def name_of(domain):
    """`rounds_production_records`: names in Athena have no hyphens."""
    stage = {"Fn::Join": ["_", {"Fn::Split": ["-", {"Ref": "Stage"}]}]}
    return {"Fn::Join": ["_", ["rounds", stage, domain]]}


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


if __name__ == "__main__":
    main()
