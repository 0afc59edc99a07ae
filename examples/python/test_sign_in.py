"""Tests of an application with boto3 and unittest, against the embedded service.

Start the service, then run the tests:

    cognito-identity-mcp local --port 4599 --control --seed seed.json
    AWS_ENDPOINT_URL=http://127.0.0.1:4599 python -m unittest test_sign_in.py
"""

import json
import os
import unittest
import urllib.request

import boto3
from botocore.exceptions import ClientError

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4599")
POOL = "eu-west-1:11111111-2222-3333-4444-555555555555"
USER_IDENTITY = "eu-west-1:aaaaaaaa-0000-0000-0000-000000000001"


def client():
    return boto3.client(
        "cognito-identity",
        endpoint_url=ENDPOINT,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


def control(method, name):
    request = urllib.request.Request(f"{ENDPOINT}/_local/{name}", method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


class SignIn(unittest.TestCase):
    def setUp(self):
        control("POST", "reset")
        self.client = client()

    def test_guest_gets_credentials(self):
        identity = self.client.get_id(IdentityPoolId=POOL)["IdentityId"]
        answer = self.client.get_credentials_for_identity(IdentityId=identity)
        self.assertEqual(answer["IdentityId"], identity)
        self.assertTrue(answer["Credentials"]["AccessKeyId"].startswith("ASIA"))
        operations = [call["operation"] for call in control("GET", "requests")["requests"]]
        self.assertEqual(operations, ["GetId", "GetCredentialsForIdentity"])

    def test_developer_user_of_the_seed(self):
        answer = self.client.get_open_id_token_for_developer_identity(
            IdentityPoolId=POOL, Logins={"login.example": "ada"}
        )
        self.assertEqual(answer["IdentityId"], USER_IDENTITY)

    def test_a_user_needs_a_login(self):
        with self.assertRaises(ClientError) as raised:
            self.client.get_credentials_for_identity(IdentityId=USER_IDENTITY)
        self.assertEqual(raised.exception.response["Error"]["Code"], "NotAuthorizedException")


if __name__ == "__main__":
    unittest.main()
