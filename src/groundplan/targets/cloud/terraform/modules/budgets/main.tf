# What the platform may cost in a month, and who is told.
resource "aws_sns_topic" "this" {
  name              = "${var.name}-budgets"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_budgets_budget" "this" {
  for_each = var.budgets

  name         = "${var.name}: ${each.key}"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = each.value.limit
  limit_unit   = "USD"

  dynamic "cost_filter" {
    for_each = each.value.usage_types == null ? [] : [each.value.usage_types]

    content {
      name   = "UsageTypeGroup"
      values = cost_filter.value
    }
  }

  dynamic "notification" {
    for_each = each.value.percents

    content {
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      notification_type         = "ACTUAL"
      subscriber_sns_topic_arns = [aws_sns_topic.this.arn]
    }
  }
}

# Without this the tags are on resources and not on the bill.
resource "aws_ce_cost_allocation_tag" "this" {
  for_each = var.cost_allocation_tags

  tag_key = each.key
  status  = "Active"
}

# What could be smaller, committed to, or given up: AWS looks at what runs and is billed.
resource "aws_computeoptimizer_enrollment_status" "this" {
  count = length(var.recommendations) > 0 ? 1 : 0

  status = "Active"
}

resource "aws_costoptimizationhub_enrollment_status" "this" {
  count = length(var.recommendations) > 0 ? 1 : 0
}
