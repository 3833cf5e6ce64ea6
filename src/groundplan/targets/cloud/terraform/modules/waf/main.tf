# What is refused in front of the balancers. At an edge with a firewall of its own this is the second.
locals {
  # What people send: whatever of it a service reads may hold an attack.
  parts = ["body", "query", "path"]
  own = [
    for index, rule in var.rules : merge(rule, { priority = index, blocks = rule.action == "block" && !var.is_counting })
  ]
  looked_for = { for rule in local.own : rule.name => rule if rule.type != "rate_limit" }
  rates      = { for rule in local.own : rule.name => rule if rule.type == "rate_limit" }
}

resource "aws_wafv2_web_acl" "this" {
  name        = var.name
  description = "Requests to ${var.name}"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.looked_for

    content {
      name     = rule.key
      priority = rule.value.priority

      action {
        dynamic "block" {
          for_each = rule.value.blocks ? [1] : []
          content {}
        }

        dynamic "count" {
          for_each = rule.value.blocks || rule.value.action == "allow" ? [] : [1]
          content {}
        }

        dynamic "allow" {
          for_each = rule.value.action == "allow" ? [1] : []
          content {}
        }
      }

      statement {
        or_statement {
          dynamic "statement" {
            for_each = local.parts

            content {
              dynamic "sqli_match_statement" {
                for_each = rule.value.type == "sqli" ? [1] : []

                content {
                  field_to_match {
                    dynamic "body" {
                      for_each = statement.value == "body" ? [1] : []

                      content {
                        oversize_handling = "MATCH"
                      }
                    }

                    dynamic "all_query_arguments" {
                      for_each = statement.value == "query" ? [1] : []
                      content {}
                    }

                    dynamic "uri_path" {
                      for_each = statement.value == "path" ? [1] : []
                      content {}
                    }
                  }

                  text_transformation {
                    priority = 0
                    type     = "URL_DECODE"
                  }

                  text_transformation {
                    priority = 1
                    type     = "HTML_ENTITY_DECODE"
                  }
                }
              }

              dynamic "xss_match_statement" {
                for_each = rule.value.type == "xss" ? [1] : []

                content {
                  field_to_match {
                    dynamic "body" {
                      for_each = statement.value == "body" ? [1] : []

                      content {
                        oversize_handling = "MATCH"
                      }
                    }

                    dynamic "all_query_arguments" {
                      for_each = statement.value == "query" ? [1] : []
                      content {}
                    }

                    dynamic "uri_path" {
                      for_each = statement.value == "path" ? [1] : []
                      content {}
                    }
                  }

                  text_transformation {
                    priority = 0
                    type     = "URL_DECODE"
                  }

                  text_transformation {
                    priority = 1
                    type     = "HTML_ENTITY_DECODE"
                  }
                }
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = local.rates

    content {
      name     = rule.key
      priority = rule.value.priority

      action {
        dynamic "block" {
          for_each = rule.value.blocks ? [1] : []
          content {}
        }

        dynamic "count" {
          for_each = rule.value.blocks || rule.value.action == "allow" ? [] : [1]
          content {}
        }
      }

      statement {
        rate_based_statement {
          limit                 = rule.value.limit
          evaluation_window_sec = rule.value.seconds
          aggregate_key_type    = "FORWARDED_IP"

          # Behind an edge the client's address is in this header.
          forwarded_ip_config {
            header_name       = var.client_header
            fallback_behavior = "MATCH"
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = var.body_bytes_max == null ? [] : [var.body_bytes_max]

    content {
      name     = "bodies"
      priority = length(var.rules)

      action {
        dynamic "block" {
          for_each = var.is_counting ? [] : [1]
          content {}
        }

        dynamic "count" {
          for_each = var.is_counting ? [1] : []
          content {}
        }
      }

      statement {
        size_constraint_statement {
          comparison_operator = "GT"
          size                = rule.value

          field_to_match {
            body {
              oversize_handling = "MATCH"
            }
          }

          text_transformation {
            priority = 0
            type     = "NONE"
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "bodies"
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = { for index, name in var.managed_groups : name => index }

    content {
      name     = rule.key
      priority = length(var.rules) + 1 + rule.value

      override_action {
        dynamic "none" {
          for_each = var.is_counting ? [] : [1]
          content {}
        }

        dynamic "count" {
          for_each = var.is_counting ? [1] : []
          content {}
        }
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  resource_arn            = aws_wafv2_web_acl.this.arn
  log_destination_configs = [aws_cloudwatch_log_group.this.arn]
}
