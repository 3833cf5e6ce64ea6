# Roles that the pipeline takes for an hour, instead of keys that it keeps.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = var.roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for subject in each.value.subjects : "repo:${var.repository}:${subject}"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = var.roles

  name                 = "${var.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    resources = ["arn:aws:ecr:*:${data.aws_caller_identity.current.account_id}:repository/${var.image_prefix}*"]
  }
}

resource "aws_iam_role_policy" "push" {
  for_each = { for name, role in var.roles : name => role if role.may_push }

  name   = "push"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.push.json
}

# A plan reads everything and changes nothing.
resource "aws_iam_role_policy_attachment" "plan" {
  for_each = { for name, role in var.roles : name => role if role.may_read }

  role       = aws_iam_role.this[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
