"""AWS, asked and told through boto3: what operations do in a cloud besides rendered files."""
