# What the controller of load balancers may do: make, change and remove those of this cluster.
data "aws_iam_policy_document" "balancers" {
  #checkov:skip=CKV_AWS_356:what describes takes no single resource
  statement {
    actions = [
      "acm:DescribeCertificate",
      "acm:ListCertificates",
      "ec2:DescribeAccountAttributes",
      "ec2:DescribeAddresses",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeInstances",
      "ec2:DescribeInternetGateways",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeTags",
      "ec2:DescribeVpcs",
      "ec2:GetSecurityGroupsForVpc",
      "elasticloadbalancing:Describe*",
      "wafv2:GetWebACL",
      "wafv2:GetWebACLForResource",
      "wafv2:ListWebACLs",
    ]
    resources = ["*"]
  }

  statement {
    actions = ["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"]
    resources = [
      "arn:aws:wafv2:${local.region}:${local.account}:regional/webacl/${var.name}/*",
      "arn:aws:elasticloadbalancing:${local.region}:${local.account}:loadbalancer/app/*",
    ]
  }

  statement {
    actions   = ["elasticloadbalancing:SetWebAcl"]
    resources = ["arn:aws:elasticloadbalancing:${local.region}:${local.account}:loadbalancer/app/*"]
  }

  # What is made is given the cluster's tag.
  statement {
    actions   = ["ec2:CreateSecurityGroup", "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/elbv2.k8s.aws/cluster"
      values   = [var.name]
    }
  }

  statement {
    actions   = ["ec2:CreateSecurityGroup"]
    resources = ["arn:aws:ec2:${local.region}:${local.account}:vpc/*"]
  }

  statement {
    actions = ["ec2:CreateTags", "elasticloadbalancing:AddTags"]
    resources = [
      "arn:aws:ec2:${local.region}:${local.account}:security-group/*",
      "arn:aws:elasticloadbalancing:${local.region}:${local.account}:*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/elbv2.k8s.aws/cluster"
      values   = [var.name]
    }
  }

  # And only what has it is changed.
  statement {
    actions = [
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteTags",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateRule",
      "elasticloadbalancing:Delete*",
      "elasticloadbalancing:DeregisterTargets",
      "elasticloadbalancing:Modify*",
      "elasticloadbalancing:RegisterTargets",
      "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:Set*",
      "elasticloadbalancing:AddListenerCertificates",
      "elasticloadbalancing:RemoveListenerCertificates",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/elbv2.k8s.aws/cluster"
      values   = [var.name]
    }
  }

  # The machines' group lets the balancers in.
  statement {
    actions   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    resources = ["arn:aws:ec2:${local.region}:${local.account}:security-group/*"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:Vpc"
      values   = ["arn:aws:ec2:${local.region}:${local.account}:vpc/${aws_eks_cluster.this.vpc_config[0].vpc_id}"]
    }
  }
}

resource "aws_iam_role" "balancers" {
  name               = "${var.name}-balancers"
  assume_role_policy = data.aws_iam_policy_document.trust["pod"].json
}

resource "aws_iam_role_policy" "balancers" {
  name   = "own"
  role   = aws_iam_role.balancers.id
  policy = data.aws_iam_policy_document.balancers.json
}

resource "aws_eks_pod_identity_association" "balancers" {
  cluster_name    = aws_eks_cluster.this.name
  namespace       = "kube-system"
  service_account = "aws-load-balancer-controller"
  role_arn        = aws_iam_role.balancers.arn
}
