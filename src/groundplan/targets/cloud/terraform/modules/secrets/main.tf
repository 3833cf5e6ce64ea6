# Secrets by name. Their values are put there by people and never stand in a file or a state.
resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:people put the values there, and change them
  for_each = var.names

  name                    = "${var.prefix}/${each.key}"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30

  dynamic "replica" {
    for_each = each.value

    content {
      region = replica.value
    }
  }
}
